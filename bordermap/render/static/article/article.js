/** @file The document around texts and their map: a draft that is pressed is shown in both. */

const frame = /** @type {HTMLIFrameElement} */ (document.getElementById('map'));

/** Mark what a draft rests on, and open it on the map. @param {string} id */
function showDraft(id) {
  for (const mark of document.querySelectorAll('mark[data-drafts]')) {
    const ids = /** @type {HTMLElement} */ (mark).dataset.drafts.split(' ');
    mark.classList.toggle('shown', ids.includes(id));
  }
  for (const button of document.querySelectorAll('button[data-draft]')) {
    const { draft, onMap } = /** @type {HTMLElement} */ (button).dataset;
    button.setAttribute('aria-pressed', String(draft === id));
    if (draft === id) void frame.contentWindow?.bordermapShow?.(onMap);
  }
}

document.addEventListener('click', ({ target }) => {
  const pressed = /** @type {HTMLElement} */ (target).closest('[data-draft], [data-drafts]');
  if (!pressed) return;
  const { draft, drafts } = /** @type {HTMLElement} */ (pressed).dataset;
  const id = draft ?? drafts.split(' ')[0];
  showDraft(id);
  if (draft) document.querySelector('mark.shown')?.scrollIntoView({ block: 'center' });
});
