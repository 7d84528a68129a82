// Browsers refuse workers in pages opened from a folder: a hidden frame does the search there instead.
if (location.protocol === 'file:') {
  window.Worker = class extends EventTarget {
    /** @param {string | URL} address of the worker's script */
    constructor(address) {
      super();
      this.frame = document.createElement('iframe');
      this.frame.hidden = true;
      this.frame.srcdoc = '<!DOCTYPE html>';
      this.room = new Promise((resolve) => {
        this.frame.addEventListener('load', () => {
          const room = this.frame.contentWindow;
          room.postMessage = (data) => this.dispatchEvent(new MessageEvent('message', { data }));
          const script = room.document.createElement('script');
          script.addEventListener('load', () => resolve(room));
          script.src = String(address);
          room.document.head.append(script);
        }, { once: true });
      });
      document.body.append(this.frame);
    }

    /** @param {unknown} data for the worker */
    async postMessage(data) {
      (await this.room).dispatchEvent(new MessageEvent('message', { data }));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
