// The instructor's day on this device: the kit, what was recorded, and what a tap would do now.
// Everything is written to the device's database before the page says that it is done.
import { OfflineClock } from "/offline-clock.js";

const { all, change, clockMoved, forgetKit, get, put, tidy, undo } = self.offlineQueue;
const KIT = "/teach/offline/kit.json";
// The order in which one is offered where two windows are open at once.
const PHASES = ["mid", "in", "out"];

export class Day {
  constructor() {
    this.clock = new OfflineClock();
    this.kit = null;
    this.records = [];
    this.chosen = "";
    this.setBack = false;
  }

  // What the device has kept; answers whether there is a kit.
  async load() {
    await tidy(this.clock.now());
    this.kit = (await get("kit", "kit")) ?? null;
    const back = this.kit ? this.clock.resume(this.kit.offset, this.kit.seen) : 0;
    if (back) {
      this.setBack = true;
      await clockMoved(-back);
      await this.beat();
    }
    await this.reload();
    this.choose(this.chosen);
    return Boolean(this.kit);
  }

  async reload() {
    this.records = await all("records");
  }

  // Fetches the kit anew: "" when it did, else signed_out or offline.
  async fetch() {
    const asked = performance.now();
    let answer;
    try {
      answer = await fetch(KIT, { cache: "no-store", redirect: "manual" });
    } catch {
      return "offline";
    }
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      await forgetKit();
      this.kit = null;
      return "signed_out";
    }
    if (!answer.ok) return "offline";
    const heard = performance.now();
    const kit = await answer.json();
    this.off = Math.round((Date.now() - kit.made_at) / 1000);
    this.clock.measured(kit.made_at, asked, heard);
    this.setBack = false;
    this.kit = { ...kit, id: "kit", offset: this.clock.offset, seen: Date.now() };
    await put("kit", this.kit);
    this.choose(this.chosen);
    return "";
  }

  // Called every second: is the clock still what it was?
  async look() {
    const moved = this.clock.look();
    if (moved) {
      await clockMoved(moved);
      await this.reload();
    }
    return moved;
  }

  // So that a clock set back while the page is closed is noticed.
  async beat() {
    if (!this.kit) return;
    const { offset } = this.clock;
    const seen = Date.now();
    await change("kit", (kit) => ({ ...kit, offset, seen }));
  }

  get sessions() {
    return this.kit?.sessions ?? [];
  }

  // The session that was asked for, else the one that people arrive for now, else the one that is
  // on or comes next: the lesson before may still be taking sign-outs.
  choose(id) {
    const now = this.clock.now();
    const last = (one) => Math.max(...Object.values(one.windows).map((span) => span[1]));
    const arriving = ({ windows }) => windows.in && windows.in[0] <= now && now < windows.in[1];
    const next =
      this.sessions.find(arriving) ??
      this.sessions.find((one) => last(one) >= now) ??
      this.sessions.at(-1);
    this.chosen = (this.sessions.find((one) => one.id === id) ?? next)?.id ?? "";
  }

  get session() {
    return this.sessions.find((one) => one.id === this.chosen) ?? null;
  }

  // Which phase takes sign-ins now, or null.
  phase(at = this.clock.now()) {
    const windows = this.session?.windows ?? {};
    const isIn = (name) =>
      windows[name] && windows[name][0] <= at && at < windows[name][1] + (name === "out" ? 1 : 0);
    return PHASES.find(isIn) ?? null;
  }

  // When the next window opens, or null after the last.
  opensAt(at = this.clock.now()) {
    const starts = Object.values(this.session?.windows ?? {}).map((span) => span[0]);
    return Math.min(...starts.filter((start) => start > at), Infinity);
  }

  get people() {
    return this.session?.people ?? [];
  }

  person(enrolment) {
    return this.people.find((one) => one.id === enrolment) ?? null;
  }

  // The record of this device for somebody (null: the instructor), refused ones aside.
  recordOf(enrolment, phase) {
    return this.records.find(
      (row) =>
        row.session === this.chosen &&
        row.enrolment === enrolment &&
        row.phase === phase &&
        row.outcome !== "refused",
    );
  }

  // When somebody is recorded for a phase, by the server or by this device; null for not at all.
  at(enrolment, phase) {
    const known = enrolment ? this.person(enrolment)?.at : this.session?.own;
    const own = this.recordOf(enrolment, phase);
    return known?.[phase] ?? own?.counts ?? own?.at ?? null;
  }

  // Records one sign-in; answers its row, or null where there was one. Throws where the device
  // cannot keep it.
  async record(enrolment, phase, method, evidence = "") {
    if (this.at(enrolment, phase) !== null) return null;
    const row = {
      id: crypto.randomUUID(),
      account: this.kit.account,
      session: this.chosen,
      enrolment,
      phase,
      method,
      evidence,
      at: this.clock.now(),
      offset: this.clock.offset,
      device: Date.now(),
      jump: 0,
      state: "waiting",
    };
    await put("records", row);
    this.records.push(row);
    return row;
  }

  async takeBack(id) {
    const done = await undo(id);
    await this.reload();
    return done;
  }

  // What is recorded today in all sessions, and what of it still waits on this device.
  counts() {
    const recorded = new Set();
    for (const one of this.sessions) {
      for (const person of one.people) {
        if (Object.values(person.at).some((at) => at !== null)) recorded.add(person.id + one.id);
      }
    }
    for (const row of this.records) {
      const isToday = this.sessions.some((one) => one.id === row.session);
      const counts = row.outcome !== "refused" && row.outcome !== "conflict";
      if (isToday && counts && row.enrolment) recorded.add(row.enrolment + row.session);
    }
    const waiting = this.records.filter((row) => row.state !== "done");
    const account = this.kit?.account;
    return {
      recorded: recorded.size,
      waiting: waiting.length,
      others: waiting.filter((row) => account && row.account !== account).length,
    };
  }

  // What has an outcome that nobody has read.
  results() {
    return this.records.filter((row) => row.state === "done" && row.seen === false);
  }

  async clearResults() {
    await change("records", (row) =>
      row.state === "done" && !row.seen ? { ...row, seen: true } : undefined,
    );
    await this.reload();
  }
}
