// What this phone keeps of passes, in IndexedDB: one row a pass, and what is known of the clock.
//
//   passes: {passId (32 hex digits), key (CryptoKey, cannot be read), name (masked), generation}
//           or {passId, refused: true}: its owner removed it; it must not be kept again unasked
//   about:  {id: "clock", offset (true time minus the phone's, ms), measuredAt, seenAt (phone's)}
//          {id: "chosen", passId}: whose pass was shown last
//
// Every function answers nothing (undefined, []) where the browser keeps nothing.
const NAME = "portal-passes";
let opening = null;

function open() {
  opening ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("passes", { keyPath: "passId" });
      asked.result.createObjectStore("about", { keyPath: "id" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  return opening;
}

async function run(store, mode, act) {
  const base = await open();
  return new Promise((done, fail) => {
    const work = base.transaction(store, mode);
    const asked = act(work.objectStore(store));
    work.oncomplete = () => done(asked.result);
    work.onerror = work.onabort = () => fail(work.error);
  });
}

async function reading(store, act, otherwise) {
  try {
    return (await run(store, "readonly", act)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

// Whether it was kept.
async function writing(store, act) {
  try {
    await run(store, "readwrite", act);
    return true;
  } catch {
    return false;
  }
}

// The passes that can be shown.
export async function listPasses() {
  const rows = await reading("passes", (store) => store.getAll(), []);
  return rows.filter((row) => !row.refused);
}

export async function isRefused(passId) {
  return Boolean((await reading("passes", (store) => store.get(passId)))?.refused);
}

export function keepPass(row) {
  return writing("passes", (store) => store.put(row));
}

export function refusePass(passId) {
  return writing("passes", (store) => store.put({ passId, refused: true }));
}

export async function chosenLast() {
  return (await reading("about", (store) => store.get("chosen")))?.passId;
}

export function noteChosen(passId) {
  return writing("about", (store) => store.put({ id: "chosen", passId }));
}

export function readClock() {
  return reading("about", (store) => store.get("clock"));
}

export function keepClock(clock) {
  return writing("about", (store) => store.put({ id: "clock", ...clock }));
}
