/** @typedef {import('./outbox.js').Entry} Entry */

/**
 * Where the outbox keeps its entries.
 * @typedef {object} Store
 * @property {() => Promise<Entry[]>} all
 * @property {(clientId: string) => Promise<Entry | undefined>} get
 * @property {(entry: any) => Promise<unknown>} put
 * @property {(clientId: string) => Promise<unknown>} delete
 */

const TABLE = 'outbox';

/**
 * Opens the store of this name, which survives the page; where a browser has none, one that does not.
 * @param {IDBFactory | undefined} indexedDB
 * @param {string} name
 * @returns {Promise<Store>}
 */
export async function openStore(indexedDB, name) {
  try {
    if (indexedDB) return durable(await opened(indexedDB, name));
  } catch {
    // Some browsers have none in private windows.
  }
  return fleeting();
}

/**
 * @param {IDBFactory} indexedDB
 * @param {string} name
 * @returns {Promise<IDBDatabase>}
 */
function opened(indexedDB, name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: 'client_id' });
  return answered(request);
}

/**
 * @param {IDBDatabase} database
 * @returns {Store}
 */
function durable(database) {
  const read = () => database.transaction(TABLE).objectStore(TABLE);
  /** @param {(table: IDBObjectStore) => void} change */
  const write = (change) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve(null);
      transaction.onabort = () => reject(transaction.error);
      change(transaction.objectStore(TABLE));
    });
  return {
    all: () => answered(read().getAll()),
    get: (clientId) => answered(read().get(clientId)),
    put: (entry) => write((table) => table.put(entry)),
    delete: (clientId) => write((table) => table.delete(clientId)),
  };
}

/** @returns {Store} */
function fleeting() {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  return {
    all: async () => [...entries.values()],
    get: async (clientId) => entries.get(clientId),
    put: async (entry) => entries.set(entry.client_id, entry),
    delete: async (clientId) => entries.delete(clientId),
  };
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
