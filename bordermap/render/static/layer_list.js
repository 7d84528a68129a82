/** @file The list of layers, each with a sample of how it is drawn. */

import { COLOURS, paintCrossing } from './basemap.js';
import { element } from './dom.js';
import { paintHeatSwatch } from './heat.js';
import { hatching, paintMark, swatch } from './marks.js';
import { formatNumber, say } from './words.js';

const WIDE = 34;

const stroke = (colour, width, dash = []) => (ctx) => {
  ctx.beginPath();
  ctx.moveTo(-14, 0);
  ctx.lineTo(14, 0);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke();
};

const box = (fill, edge) => (ctx) => {
  ctx.fillStyle = fill;
  ctx.fillRect(-14, -6, 28, 12);
  ctx.strokeStyle = edge;
  ctx.strokeRect(-14, -6, 28, 12);
};

/** Half the Afghan side's colour, half the Pakistani side's. */
const zone = (alpha) => (ctx) => {
  ctx.globalAlpha = alpha;
  ctx.fillStyle = COLOURS.zones.AF;
  ctx.fillRect(-14, -7, 28, 7);
  ctx.fillStyle = COLOURS.zones.PK;
  ctx.fillRect(-14, 0, 28, 7);
  ctx.globalAlpha = 1;
  stroke(COLOURS.line, 1.6)(ctx);
};

const dot = (ctx) => {
  ctx.beginPath();
  ctx.arc(0, 0, 2.5, 0, 7);
  ctx.fillStyle = COLOURS.casing;
  ctx.fill();
  ctx.strokeStyle = '#6b665c';
  ctx.stroke();
};

const footprint = (ctx) => {
  ctx.beginPath();
  ctx.ellipse(0, 0, 13, 8, 0, 0, 7);
  ctx.fillStyle = hatching(ctx, '#6b665c');
  ctx.fill();
  ctx.strokeStyle = '#6b665c';
  ctx.setLineDash([4, 2]);
  ctx.stroke();
};

const SAMPLES = new Map([
  ['incidents', (ctx) => paintMark(ctx, 0, 0, { colour: '#0072b2', shape: 'circle' }, { radius: 6 })],
  ['footprints', footprint],
  ['heat', paintHeatSwatch],
  ['map_line', stroke(COLOURS.line, 3)],
  ['variants', stroke(COLOURS.variant, 3, [6, 4])],
  ['map_provinces', stroke(COLOURS.province, 1.5)],
  ['map_districts', stroke(COLOURS.district, 1.5)],
  ['crossings', (ctx) => paintCrossing(ctx, 0, 0)],
  ['rivers', stroke(COLOURS.waterEdge, 1.5)],
  ['lakes', box(COLOURS.water, COLOURS.waterEdge)],
  ['towns', dot],
  ['graticule', stroke(COLOURS.graticule, 1, [1, 3])],
]);

/** Layers with a remark where they are switched; everything else stands under About. */
const NOTED = new Set(['map_line', 'variants', 'crossings']);

/** @type {[string, string[]][]} */
const GROUPS = [
  ['overlays_incidents', ['incidents', 'footprints', 'heat']],
  ['overlays_line', ['map_line', 'variants', 'crossings']],
  ['overlays_units', ['map_provinces', 'map_districts']],
  ['overlays_context', ['towns', 'rivers', 'lakes', 'graticule']],
];

/**
 * Register everything that can be switched.
 * @param {import('./overlays.js').Overlays} overlays
 * @param {object} settings
 */
export function registerOverlays(overlays, settings) {
  const papers = new Set(settings.layers.map(({ name }) => name));
  const always = new Set(['incidents', 'footprints', 'heat', 'graticule']);
  for (const [group, names] of GROUPS) {
    for (const name of names.filter((one) => papers.has(one) || always.has(one))) {
      const note = NOTED.has(name) ? say(`note_${name}`) : '';
      overlays.add({ name, group, title: say(`overlay_${name}`), note, paint: SAMPLES.get(name) });
    }
  }
  registerZones(overlays, settings.bandsKm);
  const known = new Set([...SAMPLES.keys(), 'neighbours']);
  for (const { name, title } of settings.layers.filter((layer) => !known.has(layer.name))) {
    overlays.add({ name, group: 'overlays_extra', title: title || name, paint: stroke(COLOURS.extra, 2) });
  }
  for (const [number, tile] of settings.tiles.entries()) {
    overlays.hidden.add(`tiles:${number}`);
    overlays.atFirst.add(`tiles:${number}`);
    overlays.add({ name: `tiles:${number}`, group: 'overlays_online', title: tile.name, note: say('online_note'), paint: box('#fff', '#6b665c') });
  }
}

function registerZones(overlays, bandsKm) {
  bandsKm.forEach((to, index) => {
    const from = index ? bandsKm[index - 1] : 0;
    const rank = index / Math.max(1, bandsKm.length - 1);
    overlays.add({
      name: `band:${Math.round(to * 10) / 10}`,
      group: 'overlays_zones',
      title: say('overlay_zone', { from: formatNumber(from), to: formatNumber(to) }),
      paint: zone(0.5 - 0.32 * rank),
    });
  });
}

function row(overlays, overlay) {
  const input = element('input', { type: 'checkbox', checked: overlays.isShown(overlay.name) });
  input.addEventListener('change', () => overlays.show(overlay.name, input.checked));
  overlays.onChange(() => { input.checked = overlays.isShown(overlay.name); });
  const name = element('span', { class: 'choice-name', dir: 'auto', text: overlay.title });
  const label = element('label', { class: 'choice' }, input, swatch(overlay.paint, WIDE), name);
  const note = overlay.note ? element('p', { class: 'layer-note', dir: 'auto', text: overlay.note }) : null;
  return element('div', {}, label, note);
}

/** @param {import('./overlays.js').Overlays} overlays @returns {HTMLElement} */
export function buildLayerList(overlays) {
  const groups = ['overlays_incidents', 'overlays_line', 'overlays_zones', 'overlays_units',
    'overlays_context', 'overlays_extra', 'overlays_online'];
  const fieldset = (group) => {
    const rows = overlays.list.filter((overlay) => overlay.group === group);
    if (!rows.length) return null;
    return element(
      'fieldset',
      { class: 'facet' },
      element('legend', { text: say(group) }),
      group === 'overlays_zones' ? element('p', { class: 'layer-note', text: say('note_zones') }) : null,
      ...rows.map((overlay) => row(overlays, overlay)),
    );
  };
  return element('div', { class: 'layers' }, ...groups.map(fieldset));
}
