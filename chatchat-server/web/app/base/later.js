import { fill, h } from './dom.js';
import { failed, loading } from './view.js';

/** How long nothing is shown before "loading" is, in milliseconds. */
const PATIENCE = 150;

/**
 * A view whose module is loaded when it is first opened.
 * @param {() => Promise<any>} load the module
 * @param {string} name what opens the view there: `open(host, …)`
 * @returns {(host: HTMLElement, ...rest: any[]) => import('../shell.js').View}
 */
export const later =
  (load, name) =>
  (host, ...rest) => {
    let view = null;
    let isClosed = false;
    let wantsFocus = false;
    open();
    return {
      close: () => ((isClosed = true), view?.close()),
      moved: (place) => view?.moved?.(place),
      focus: () => (view ? focus() : (wantsFocus = true)),
    };

    async function open() {
      const timer = setTimeout(() => fill(host, loading()), PATIENCE);
      try {
        const module = await load();
        clearTimeout(timer);
        if (isClosed) return;
        fill(host);
        view = module[name](host, ...rest);
        if (wantsFocus) focus();
      } catch (problem) {
        clearTimeout(timer);
        // Nothing of ours throws here but the network, and a module that was not found once is not asked for again.
        if (!isClosed)
          fill(
            host,
            h(
              'div',
              null,
              failed(problem instanceof TypeError ? { code: 'offline' } : problem, () => location.reload()),
            ),
          );
      }
    }

    function focus() {
      if (view.focus) view.focus();
      else (host.querySelector('h2') ?? host).focus();
    }
  };
