// Draws a QR code in the browser: `draw(text)` answers an SVG element, black on white, with a
// quiet zone of so many modules: the standard's four, less only where white lies around it.
// Correction M, as portal/documents/qr.py draws it.
import { correction, generate } from "/vendor/lean-qr.js";

const SVG = "http://www.w3.org/2000/svg";

// One run of dark modules is one rectangle: a few hundred of them in all.
function dark(code, quiet) {
  let path = "";
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) {
      if (!code.get(x, y)) continue;
      const from = x;
      while (code.get(x + 1, y)) x++;
      path += `M${from + quiet} ${y + quiet}h${x + 1 - from}v1h${from - x - 1}z`;
    }
  }
  return path;
}

export function draw(text, quiet = 4) {
  const code = generate(text, { minCorrectionLevel: correction.M });
  const side = code.size + 2 * quiet;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("aria-hidden", "true");
  const paper = document.createElementNS(SVG, "rect");
  paper.setAttribute("width", side);
  paper.setAttribute("height", side);
  paper.setAttribute("fill", "#fff");
  const ink = document.createElementNS(SVG, "path");
  ink.setAttribute("d", dark(code, quiet));
  svg.append(paper, ink);
  return svg;
}
