/** @file The counts of a page of counts as a file. */

import { areaCsv } from './area_table.js';
import { element } from './dom.js';
import { saveBlob, saveButton, saveCount, savePart } from './save.js';
import { formatNumber, say } from './words.js';

const FILE = 'incident_counts.csv';

/** The file of the counts. */
export class AreaFiles {
  /** @param {any} save */
  constructor(save) {
    this.save = save;
    this.count = saveCount();
    this.node = savePart(
      'save_areas',
      this.count,
      element('div', { class: 'save-buttons' }, saveButton('save_csv', () => this.saveCounts())),
      element('p', { class: 'layer-note', text: say('save_areas_note') }),
    );
  }

  /** How many incidents are counted. */
  tell() {
    this.count.textContent = say('save_count', { n: formatNumber(this.save.page.filters.kept) });
  }

  async saveCounts() {
    await this.save.busy(async () => {
      saveBlob(new Blob([areaCsv(this.save.page)], { type: 'text/csv;charset=utf-8' }), FILE);
      this.save.said.textContent = say('save_picture_done', { file: FILE });
    });
  }
}
