/* Pictures made small on the phone: upright, 1600 px at most, without what the camera
   adds (place, name), and known by the hash of their bytes from then on. */
import { sha256 } from "./chain.js";

const SIDE = 1600;
const QUALITY = 0.82;

export async function prepare(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  const bytes = await blob.arrayBuffer();
  return { sha256: await sha256(bytes), bytes };
}
