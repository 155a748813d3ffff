// The roster: one row a person, one button: sign in, out, or take a wrong tap back.
import { clock, fill, make } from "/offline-parts.js";

export class List {
  constructor(day, words, act) {
    Object.assign(this, { day, words, act, rows: new Map(), drawn: "" });
    this.box = document.getElementById("people");
    this.box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { id } = button.closest("li").dataset;
      if (button.dataset.undo) act.undo(button.dataset.undo);
      else act.tap(id);
    });
  }

  paint() {
    const { day } = this;
    const wanted = `${day.chosen} ${day.people.map((one) => one.id).join()}`;
    if (wanted !== this.drawn) {
      this.drawn = wanted;
      this.rows = new Map(day.people.map((one) => [one.id, this.row(one)]));
      this.box.replaceChildren(...[...this.rows.values()].map((row) => row.item));
    }
    const phase = day.phase();
    for (const person of day.people) this.update(person, phase);
  }

  row(person) {
    const item = make("li", { className: "person" });
    item.dataset.id = person.id;
    item.dataset.testid = "offline-person";
    const name = make("b", { textContent: person.name });
    const tail = make("span", {
      className: "muted small",
      textContent: ` ${fill(this.words.tail, { tail: person.tail })}`,
    });
    const guest = make("span", { className: "tag", textContent: this.words.guest });
    guest.hidden = !person.guest;
    const said = make("span", { className: "state small" });
    const who = make("div", {});
    who.append(name, tail, guest, make("br", {}), said);
    const button = make("button", { className: "btn", type: "button" });
    item.append(who, button);
    return { item, said, button };
  }

  update(person, phase) {
    const { said, button } = this.rows.get(person.id);
    const parts = ["in", "mid", "out"].flatMap((one) => this.done(person, one));
    said.textContent = parts.join(" · ");
    said.classList.toggle("good-text", parts.length > 0);
    const record = phase ? this.day.recordOf(person.id, phase) : null;
    const isDone = phase ? this.day.at(person.id, phase) !== null : true;
    const canUndo = record?.state === "waiting";
    button.hidden = isDone && !canUndo;
    button.dataset.undo = canUndo ? record.id : "";
    button.textContent = canUndo ? this.words.undo : this.words[`tap_${phase}`] ?? "";
    button.setAttribute("aria-label", `${person.name} ${button.textContent}`);
    button.classList.toggle("primary", !canUndo);
  }

  done(person, phase) {
    const at = this.day.at(person.id, phase);
    if (at === null) return [];
    const record = this.day.recordOf(person.id, phase);
    const text = fill(this.words[`done_${phase}`], { time: clock(at) });
    return [record && record.state !== "done" ? `${text}（${this.words.local}）` : text];
  }
}
