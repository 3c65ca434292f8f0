/**
 * The people of a demo, whose passwords are nobody's secret. Another server has none.
 * @returns {Promise<{ name: string, email: string, password: string }[]>}
 */
export async function demoPeople() {
  try {
    const response = await fetch('/dev/people.json');
    return response.ok ? (await response.json()).items : [];
  } catch {
    return [];
  }
}
