/* The signs of the map: one shape and one colour for each family of places, drawn
   once on a canvas, so that colour is never alone. */

const SIZE = 44; // pixels of the picture; it is shown at half of that

const polygon = (sides, turn = -Math.PI / 2) => (pen, r) => {
  for (let i = 0; i < sides; i++) {
    const a = turn + (i * 2 * Math.PI) / sides;
    pen.lineTo(r * Math.cos(a), r * Math.sin(a));
  }
};

const star = (pen, r) => {
  for (let i = 0; i < 10; i++) {
    const a = -Math.PI / 2 + (i * Math.PI) / 5;
    const reach = i % 2 ? r * 0.48 : r * 1.1;
    pen.lineTo(reach * Math.cos(a), reach * Math.sin(a));
  }
};

const cross = (pen, r) => {
  const w = r * 0.36;
  for (const [x, y] of [
    [-w, -r], [w, -r], [w, -w], [r, -w], [r, w], [w, w],
    [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w],
  ]) pen.lineTo(x, y);
};

const SHAPES = {
  circle: (pen, r) => pen.arc(0, 0, r * 0.9, 0, 2 * Math.PI),
  square: polygon(4, Math.PI / 4),
  diamond: polygon(4),
  triangle: polygon(3),
  pentagon: polygon(5),
  hexagon: polygon(6, 0),
  star,
  cross,
  ring: (pen, r) => {
    pen.arc(0, 0, r * 0.9, 0, 2 * Math.PI);
    pen.moveTo(r * 0.4, 0);
    pen.arc(0, 0, r * 0.4, 0, 2 * Math.PI, true);
  },
};

export function draw(pen, { shape, color }, { size = SIZE, ink = "#16233b", paper = "#fff" } = {}) {
  const trace = SHAPES[shape] ?? SHAPES.circle;
  pen.save();
  pen.translate(size / 2, size / 2);
  pen.lineJoin = "round";
  pen.beginPath();
  trace(pen, size * 0.34);
  pen.closePath();
  pen.strokeStyle = paper;
  pen.lineWidth = size * 0.2;
  pen.stroke();
  pen.strokeStyle = ink;
  pen.lineWidth = size * 0.09;
  pen.stroke();
  pen.fillStyle = color;
  pen.fill();
  pen.restore();
}

export function picture(symbol, colors) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  draw(pen, symbol, { size: SIZE, ...colors });
  return pen.getImageData(0, 0, SIZE, SIZE);
}
