/** @file Longitude and latitude to the unit square of the web Mercator projection, and back. */

const MAX_LATITUDE = 85.05;
const EQUATOR_M = 40075016.686;

/** @param {number} lon degrees */
export function worldX(lon) {
  return lon / 360 + 0.5;
}

/** @param {number} lat degrees */
export function worldY(lat) {
  const sin = Math.sin(Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat)) * Math.PI / 180);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

/** @param {number} x */
export function longitudeOf(x) {
  return (x - 0.5) * 360;
}

/** @param {number} y */
export function latitudeOf(y) {
  return Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;
}

/**
 * How many units of the square a length on the ground is, at a place.
 * @param {number} metres
 * @param {number} y of the place
 */
export function worldLength(metres, y) {
  return metres * Math.cosh(Math.PI * (1 - 2 * y)) / EQUATOR_M;
}
