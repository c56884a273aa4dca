/** Readable text on a clinic's own accent colour. Loaded where one is set. */

/** Linear light of one of the colour's three parts, 0 to 255. */
function linear(part) {
  const value = part / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Set --on-accent to whichever of near-black and white contrasts more with the background of a sample element. */
export function fitAccent(root, sample) {
  const [red, green, blue] = getComputedStyle(sample).backgroundColor.match(/[\d.]+/g);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  root.style.setProperty('--on-accent', luminance > 0.179 ? '#10191b' : '#fff');
}
