// Keeps the room's screen moving: a new code when the old one ends, the count every 3 seconds.
// When the link is lost the screen says so and goes on when it is back.
(function () {
  var screen = document.getElementById("screen");
  var lost = document.getElementById("lost");
  var next = document.getElementById("next");
  var full = document.getElementById("full");
  var ends = 0;
  var timer;

  function show(data) {
    if ((data.phase || "") !== screen.dataset.phase) {
      location.reload();
      return;
    }
    lost.hidden = true;
    document.getElementById("count").textContent = data.phase === "out" ? data.left : data.present;
    document.getElementById("roster").textContent = data.roster;
    if (!data.phase) return;
    var numeric = document.getElementById("numeric");
    var spaced = data.numeric.slice(0, 3) + " " + data.numeric.slice(3);
    if (numeric.textContent !== spaced) {
      numeric.textContent = spaced;
      document.getElementById("qr").innerHTML = data.svg;
    }
    ends = performance.now() + data.seconds * 1000;
  }

  function ask() {
    clearTimeout(timer);
    var wait = 3000;
    fetch(screen.dataset.source, { cache: "no-store", credentials: "same-origin" })
      .then(function (answer) {
        if (answer.status === 401 || answer.status === 403) location.reload();
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then(function (data) {
        show(data);
        if (ends) wait = Math.max(150, Math.min(wait, ends - performance.now() + 100));
      })
      .catch(function () {
        lost.hidden = false;
        wait = 2000;
      })
      .then(function () {
        timer = setTimeout(ask, wait);
      });
  }

  setInterval(function () {
    if (!next || !ends) return;
    var left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    next.textContent = next.dataset.text.replace("{n}", left);
  }, 250);
  if (document.documentElement.requestFullscreen) {
    full.hidden = false;
    full.addEventListener("click", function () {
      screen.requestFullscreen();
    });
  }
  if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(function () {});
  ask();
})();
