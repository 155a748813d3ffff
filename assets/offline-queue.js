// What this device keeps while there is no link, and how it is uploaded when there is one again.
// One plain script for pages and for the service worker: it defines `offlineQueue`.
//
//   kit:     {id: "kit", ...}  the instructor's day with names; gone at log-out and in the evening
//   records: {id, account, session, enrolment, phase, method, evidence, at, offset, jump, state}
//   scans:   {id, code, at, pass, name (masked), signature, state}
//
// `at` is the server's time as the device knows it, `offset` what was added to the device's own
// clock for it. `state`: waiting, sending, done; then outcome, reason, text, counts (the time).
// Records and scans hold no name in full, so they may outlive a log-out until they are uploaded.
(function (scope) {
  const NAME = "portal-offline";
  const CHUNK = 100;
  // So long a wrong tap can be taken back although there is a link.
  const UNDO = 5000;
  const KEEP_DONE = 7 * 24 * 3600 * 1000;
  let opening = null;

  function open() {
    opening ??= new Promise((done, fail) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        for (const store of ["kit", "records", "scans"]) {
          asked.result.createObjectStore(store, { keyPath: "id" });
        }
      };
      asked.onsuccess = () => {
        // Another page of a newer version may want to change the tables.
        asked.result.onversionchange = () => { asked.result.close(); opening = null; };
        done(asked.result);
      };
      asked.onerror = () => { opening = null; fail(asked.error); };
    });
    return opening;
  }

  // Runs `act(store)` in one transaction; what it answers comes when the data is safe on the disk.
  async function within(name, mode, act) {
    const base = await open();
    return new Promise((done, fail) => {
      const work = base.transaction(name, mode, { durability: "strict" });
      const asked = act(work.objectStore(name));
      work.oncomplete = () => done(asked?.result);
      work.onerror = work.onabort = () => fail(work.error);
    });
  }

  const all = (name) => within(name, "readonly", (store) => store.getAll());
  const get = (name, id) => within(name, "readonly", (store) => store.get(id));
  const put = (name, row) => within(name, "readwrite", (store) => store.put(row));
  const remove = (name, id) => within(name, "readwrite", (store) => store.delete(id));

  // Changes rows where they stand: nothing comes in between reading and writing.
  function change(name, alter) {
    return within(name, "readwrite", (store) => {
      const asked = store.openCursor();
      asked.onsuccess = () => {
        const at = asked.result;
        if (!at) return;
        const row = alter(at.value);
        if (row === null) at.delete();
        else if (row) at.update(row);
        at.continue();
      };
      return null;
    });
  }

  // Takes a record back unless it is on its way; answers whether it did.
  async function undo(id) {
    let done = false;
    await change("records", (row) => {
      if (row.id !== id || row.state !== "waiting") return undefined;
      done = true;
      return null;
    });
    return done;
  }

  // The device's clock moved by `moved` ms against the browser's stopwatch: it was set, or it
  // slept. What was recorded before keeps its time; the server tells the two apart later.
  function clockMoved(moved) {
    return change("records", (row) =>
      row.state === "done" ? undefined : { ...row, jump: (row.jump ?? 0) + moved / 1000 },
    );
  }

  const forgetKit = () => remove("kit", "kit");

  // Evening: names go when nothing waits for them, and what was done a week ago goes as well.
  async function tidy(now) {
    const kit = await get("kit", "kit");
    const old = (row) => (row.state === "done" && now - row.at > KEEP_DONE ? null : undefined);
    await change("records", old);
    await change("scans", old);
    if (!kit || now < kit.ends_at) return false;
    const waits = (await all("records")).some((row) => row.state !== "done");
    if (waits) return false;
    await forgetKit();
    return true;
  }

  class Stopped extends Error {}

  async function post(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
      redirect: "manual",
    });
    if (answer.ok) return answer.json();
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      throw new Stopped("signed_out");
    }
    return { failed: answer.status };
  }

  // Sends rows in one request; where the server cannot take them, halves, down to the one at
  // fault: a bad record never holds up the others. Answers how many got an outcome.
  async function send(kind, rows, notes) {
    const device_now = Date.now() + (rows[0].offset ?? 0);
    const told = await post(kind.path, kind.body(rows, device_now));
    if (told.failed) {
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2);
        const first = await send(kind, rows.slice(0, half), notes);
        return first + (await send(kind, rows.slice(half), notes));
      }
      if (told.failed >= 500 || told.failed === 429) throw new Stopped("failed");
    }
    const results = new Map((told.results ?? []).map((one) => [one.id, one]));
    let settled = 0;
    await change(kind.store, (row) => {
      const one = results.get(row.id);
      if (!one) return undefined;
      if (one.keep) return { ...row, state: "waiting", text: one.text };
      settled += 1;
      const { outcome, reason, text, at } = one;
      return { ...row, state: "done", outcome, reason, text, counts: at, seen: false };
    });
    if (told.note && settled) notes.push(told.note);
    return settled;
  }

  const STAFF = {
    store: "records",
    path: "/teach/offline/upload",
    body: (rows, device_now) => ({
      device_now,
      account: rows[0].account,
      items: rows.map((row) => ({
        id: row.id,
        session: row.session,
        enrolment: row.enrolment,
        phase: row.phase,
        method: row.method,
        evidence: row.evidence,
        at: Math.round(row.at),
        jump: row.jump ?? 0,
      })),
    }),
  };
  const PHONE = {
    store: "scans",
    path: "/checkin/kept",
    body: (rows, device_now) => ({
      device_now,
      scans: rows.map(({ id, code, at, pass, signature }) => ({ id, code, at, pass, signature })),
    }),
  };

  // Rows of one account and one state of the clock go together.
  function chunks(rows) {
    const groups = new Map();
    for (const row of rows) {
      const key = `${row.account} ${row.offset}`;
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    const parts = [];
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; at += CHUNK) parts.push(group.slice(at, at + CHUNK));
    }
    return parts;
  }

  async function flushOne(kind, { isNow }) {
    const due = (row) =>
      row.state === "sending" ||
      (row.state === "waiting" && (isNow || Date.now() - (row.device ?? 0) >= UNDO));
    const ids = new Set();
    await change(kind.store, (row) => {
      if (!due(row)) return undefined;
      ids.add(row.id);
      return { ...row, state: "sending" };
    });
    const rows = (await all(kind.store)).filter((row) => ids.has(row.id));
    const notes = [];
    let settled = 0;
    let problem = "";
    for (const part of chunks(rows)) {
      try {
        settled += await send(kind, part, notes);
      } catch (error) {
        problem = error instanceof Stopped ? error.message : "offline";
        if (problem === "offline") break;
      }
    }
    await change(kind.store, (row) =>
      row.state === "sending" ? { ...row, state: "waiting" } : undefined,
    );
    return { settled, problem, notes, tried: rows.length > 0 };
  }

  // Uploads what waits; `isNow` also what could still be taken back. Two pages, or a page and the
  // service worker, take turns. Answers {settled, tried,
  // problem: "" | offline | signed_out | failed, notes}.
  function flush(which, { isNow = false } = {}) {
    const kind = which === "scans" ? PHONE : STAFF;
    const work = () => flushOne(kind, { isNow });
    return scope.navigator.locks ? navigator.locks.request(`portal-${which}`, work) : work();
  }

  // Asks the browser to go on when the page is closed, where it can.
  async function later(registration) {
    try {
      await registration?.sync?.register("portal-offline");
    } catch {
      // Not allowed, or not known: the next page that opens does it.
    }
  }

  scope.offlineQueue = {
    all, get, put, remove, change, undo, clockMoved, forgetKit, tidy, flush, later,
  };
})(self);
