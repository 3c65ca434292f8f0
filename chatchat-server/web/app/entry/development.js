/**
 * What a server tells who sits at the same machine: whom its demo lets them be, with passwords that are nobody's secret,
 * and whether it shows the mail that it would send. All others are told that there is nothing.
 */

let asked = null;

/** @returns {Promise<{ items: { name: string, email: string, password: string }[], mail: boolean }>} */
export function development() {
  asked ??= fetched();
  return asked;
}

async function fetched() {
  try {
    const response = await fetch('/dev/people.json');
    const { items = [], mail = false } = response.ok ? await response.json() : {};
    return { items, mail };
  } catch {
    asked = null;
    return { items: [], mail: false };
  }
}
