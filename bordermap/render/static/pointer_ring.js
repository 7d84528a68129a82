/** @file A ring on the map around the incident that another view points at, or that is read about. */

import { addCanvas } from './canvas_layer.js';

const RING_PX = 11;
const RINGS = [{ colour: '#fff', width: 6 }, { colour: '#0b5cad', width: 3 }];

/** @param {L.Map} map @param {object} page incidents, selection, onSelect, onPoint */
export function addPointerRing(map, page) {
  const { incidents, selection } = page;
  const layer = addCanvas(map, 'pointed', 460, (ctx, view) => {
    for (const row of new Set([selection.selected, selection.pointed])) {
      if (row < 0 || !incidents.isPlaced(row)) continue;
      const [worldX, worldY] = incidents.world(row);
      const [x, y] = [worldX * view.scale - view.left, worldY * view.scale - view.top];
      for (const { colour, width } of RINGS) {
        ctx.beginPath();
        ctx.arc(x, y, RING_PX, 0, 2 * Math.PI);
        ctx.strokeStyle = colour;
        ctx.lineWidth = width;
        ctx.stroke();
      }
    }
  }, { isEmpty: () => selection.selected < 0 && selection.pointed < 0 });
  page.onSelect(() => layer.redraw());
  page.onPoint(() => layer.redraw());
}
