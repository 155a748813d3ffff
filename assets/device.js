// What belongs to this device and not to a person: elder mode, kept in a cookie so that the
// server-rendered pages know it too. Buttons carry data-elder-toggle.
(function () {
  var root = document.documentElement;
  function isOn() {
    return /(?:^|; )elder=1/.test(document.cookie);
  }
  function apply(on) {
    if (on) root.setAttribute("data-elder", "");
    else root.removeAttribute("data-elder");
  }
  apply(isOn());
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-elder-toggle]");
    if (!button) return;
    event.preventDefault();
    var on = !isOn();
    document.cookie = "elder=" + (on ? 1 : 0) + "; path=/; max-age=31536000; samesite=lax";
    apply(on);
  });
  // A page to print has its button only where there is a script to press it.
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });
  });
  // Escape closes what lies over the page, as everywhere else.
  document.addEventListener("keydown", function (event) {
    var close = event.key === "Escape" && document.querySelector("[data-close]");
    if (close) close.click();
  });
})();
