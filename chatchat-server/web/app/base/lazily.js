import { toast } from './toast.js';
import { explain } from './problems.js';
import { t } from './words.js';

/**
 * Does what stands in a module that is loaded when it is first wanted; where it cannot be had, whoever wants it is told.
 * @param {() => Promise<any>} load
 * @param {(module: any) => unknown} run
 */
export async function lazily(load, run) {
  const module = await load().catch((error) => console.warn(error));
  if (module) return run(module);
  // Browsers may not ask again for a module that they could not get, until the page is loaded anew.
  const action = { label: t('view.reload'), run: () => location.reload() };
  return toast(explain({ code: 'not_loaded' }), { kind: 'problem', action });
}
