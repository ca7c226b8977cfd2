/* Labels, from three sources: the camera, the keyboard (a hand scanner types, then sends
   Enter), and what is typed in the box. A camera that the browser cannot read codes with
   is read by the `qr` package. */

const PAUSE_MS = 180;
const KEYS_MS = 60; // a scanner types faster than anybody

/* The label in what a code says: the last part of its address, or the text itself. */
export function labelIn(text) {
  const path = text.trim().match(/\/etiquettes\/([^/?#]+)/);
  return (path ? decodeURIComponent(path[1]) : text.trim()).toUpperCase();
}

async function reader() {
  if ("BarcodeDetector" in globalThis) {
    const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (formats.includes("qr_code")) {
      const wanted = formats.filter((each) => ["qr_code", "code_128", "code_39", "data_matrix"].includes(each));
      const detector = new BarcodeDetector({ formats: wanted });
      return async (source) => (await detector.detect(source))[0]?.rawValue ?? "";
    }
  }
  const { decodeQR } = await import("../../npm/qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (source) => {
    const width = source.videoWidth || source.width;
    const height = source.videoHeight || source.height;
    const scale = Math.min(1, 800 / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ""; // no code in this picture
    }
  };
}

export class Camera {
  constructor(video, found, { clean = labelIn } = {}) {
    Object.assign(this, { video, found, clean });
  }

  /* Throws what getUserMedia throws: no camera, or no leave to use it. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 } },
      audio: false,
    });
    this.video.srcObject = this.stream;
    this.video.muted = true;
    this.video.playsInline = true;
    await this.video.play();
    this.read = await reader();
    this.look();
  }

  async look() {
    if (!this.stream) return;
    if (this.video.readyState >= 2) {
      const text = await this.read(this.video).catch(() => "");
      const now = Date.now();
      // the same code stays in front of the lens: once is enough for two seconds
      if (text && (text !== this.last || now - this.at > 2000)) this.found(this.clean(text));
      if (text) {
        this.last = text;
        this.at = now;
      }
    }
    this.timer = setTimeout(() => this.look(), PAUSE_MS);
  }

  stop() {
    clearTimeout(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }
}

/* A hand scanner, whatever has the focus but a box where people type. */
export class Keys {
  constructor(found, { clean = labelIn } = {}) {
    Object.assign(this, { found, clean });
    this.typed = "";
    this.at = 0;
  }

  handleEvent(event) {
    if (event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = Date.now();
    if (now - this.at > KEYS_MS) this.typed = "";
    this.at = now;
    if (event.key === "Enter" && this.typed.length > 3) {
      event.preventDefault();
      this.found(this.clean(this.typed));
      this.typed = "";
    } else if (event.key.length === 1) {
      // a space of a code is not a press on the button that has the focus
      if (this.typed) event.preventDefault();
      this.typed += event.key;
    }
  }
}

/* A short beep: high for yes, low for no. */
export function beep(good) {
  const Context = globalThis.AudioContext;
  if (!Context) return;
  const audio = new Context();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = good ? 880 : 220;
  volume.gain.value = 0.15;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + (good ? 0.09 : 0.3));
  tone.onended = () => audio.close();
}
