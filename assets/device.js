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
  // Pages of those who learn and teach keep a scan or a class while there is no link (sw.js), and
  // say what became of it when it is back.
  var worker = navigator.serviceWorker;
  if (worker && /^\/(c|checkin|me|scan|teach)(\/|$)/.test(location.pathname)) {
    var upload = function () {
      worker.ready.then(function (here) { here.active.postMessage("upload"); });
    };
    window.addEventListener("load", function () {
      worker.register("/sw.js").then(upload, function () {});
    });
    window.addEventListener("online", upload);
    worker.addEventListener("message", function (event) {
      var old = document.getElementById("kept-note");
      if (!event.data.note || location.pathname === "/checkin/offline") return;
      if (old) old.remove();
      var note = document.createElement("a");
      note.id = "kept-note";
      note.href = "/checkin/offline";
      note.textContent = event.data.note;
      Object.assign(note.style, {
        position: "fixed", insetInline: "1rem", bottom: "5.5rem", zIndex: 50, padding: "1rem",
        borderRadius: "1rem", background: "#166534", color: "#fff", textAlign: "center",
      });
      document.body.append(note);
    });
  }
  // What came of an act is said at the head of the page. Whoever acted further down is taken there,
  // or would believe that nothing happened; so is whoever is asked whether it shall be so
  // (data-asks). Forms for one act (data-once) are emptied and folded away once it is done; a
  // refusal or a question leaves them as they are.
  var acting = false;
  var form = null;
  function tell(note) {
    var box = note.getBoundingClientRect();
    acting = false;
    if (box.top < 64 || box.bottom > innerHeight - 80) {
      note.scrollIntoView({ block: box.height > innerHeight - 160 ? "start" : "center" });
    }
    var isDone = note.getAttribute("role") === "status" && note.hasAttribute("data-told");
    if (!isDone || !form || !form.isConnected) return;
    form.reset();
    var fold = form.closest("details");
    if (fold) fold.open = false;
  }
  function toldIn(node) {
    var wanted = "[data-told], [data-asks]";
    if (!node.querySelector) return node.parentElement && node.parentElement.closest("[data-told]");
    return node.closest(wanted) || node.querySelector(wanted);
  }
  function act(of) {
    acting = true;
    form = of;
    // The same refusal again changes nothing on the page.
    setTimeout(function () {
      var note = acting && document.querySelector("[role=alert][data-told]");
      if (note) tell(note);
    }, 2500);
  }
  document.addEventListener("submit", function (event) {
    act(event.target.closest("[data-once]"));
  }, true);
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("button[type=button]")) act(null);
  }, true);
  new MutationObserver(function (changes) {
    if (!acting) return;
    for (var i = 0; i < changes.length; i++) {
      var change = changes[i];
      var nodes = change.type === "childList" ? change.addedNodes : [change.target];
      for (var j = 0; j < nodes.length; j++) {
        var note = toldIn(nodes[j]);
        if (note) return tell(note);
      }
    }
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
  // Escape closes what lies over the page, as everywhere else.
  document.addEventListener("keydown", function (event) {
    var close = event.key === "Escape" && document.querySelector("[data-close]");
    if (close) close.click();
  });
})();
