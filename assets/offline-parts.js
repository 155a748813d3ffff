// Small helpers of the offline pages.
const BEIJING = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

// 08:30, in Beijing, whatever the device thinks where it is.
export const clock = (at) => BEIJING.format(new Date(at));

// A sentence with its {placeholders} filled.
export function fill(sentence, values) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), sentence);
}

export const make = (tag, fields) => Object.assign(document.createElement(tag), fields);

export const $ = (id) => document.getElementById(id);

export const words = JSON.parse($("words").textContent);
