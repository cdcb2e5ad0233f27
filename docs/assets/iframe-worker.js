// A page that is opened from a folder (file:) may not start a worker. The search then runs in a hidden frame instead,
// so that the site works without a server.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inner = frame.contentWindow;
      const page = frame.contentDocument;
      page.open();
      page.write("<!doctype html><body>");
      page.close();
      const load = (source) =>
        new Promise((resolve, reject) => {
          const script = page.createElement("script");
          Object.assign(script, { src: new URL(source, location.href).href, onload: resolve, onerror: reject });
          page.body.append(script);
        });
      this.inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.inner.importScripts = async (...sources) => {
        for (const source of sources) await load(source);
      };
      this.ready = load(url);
    }

    async postMessage(data) {
      await this.ready;
      this.inner.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
  window.Worker = window.IFrameWorker;
}
