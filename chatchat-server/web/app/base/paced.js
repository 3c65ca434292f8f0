/** How long what happens is gathered before it is drawn, in milliseconds: there may be thousands of conversations. */
export const PACE = 100;

/**
 * Does something at once, and then at most once in a while: the last call is never lost.
 * @param {() => void} action
 * @param {number} pause in milliseconds
 * @returns {{ (): void, stop: () => void }}
 */
export function paced(action, pause) {
  let timer = 0;
  let isWanted = false;
  const call = () => {
    isWanted = true;
    if (!timer) act();
  };
  call.stop = () => clearTimeout(timer);
  return call;

  function act() {
    timer = 0;
    if (!isWanted) return;
    isWanted = false;
    action();
    timer = setTimeout(act, pause);
  }
}
