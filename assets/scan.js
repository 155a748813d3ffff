// The scan page: how long there is for the colour, and the place for whoever likes to add it.
// Without a script both work too: the server judges the time, and nobody has to say where they are.
(function () {
  var trap = document.getElementById("trap");
  var place = document.getElementById("place");

  if (trap) {
    var bar = trap.querySelector(".timer");
    var token = trap.querySelector("[name=question]");
    var total = Number(trap.dataset.seconds) * 1000;
    var started = performance.now();
    var more = 60; // five minutes of looking at the page are enough
    var waits = false;
    bar.hidden = false;
    setInterval(function () {
      var left = Math.max(0, 1 - (performance.now() - started) / total);
      bar.value = 100 * left;
      if (left > 0 || waits || !more) return;
      waits = true;
      more -= 1;
      // Too late for this question: the next one costs no try.
      fetch("/checkin/question", { cache: "no-store", credentials: "same-origin" })
        .then(function (answer) {
          return answer.ok ? answer.json() : null;
        })
        .then(function (next) {
          if (!next) return;
          token.value = next.question;
          started = performance.now();
        })
        .catch(function () {})
        .then(function () {
          setTimeout(function () { waits = false; }, 500);
        });
    }, 100);
  }

  if (place && navigator.geolocation) {
    var button = place.querySelector("button");
    var says = place.querySelector("[role=status]");
    place.hidden = false;
    button.addEventListener("click", function () {
      button.disabled = true;
      says.textContent = place.dataset.waiting;
      navigator.geolocation.getCurrentPosition(
        function (found) {
          ["lat", "lon", "accuracy"].forEach(function (name) {
            var value = found.coords[{ lat: "latitude", lon: "longitude" }[name] || name];
            place.querySelector("[name=" + name + "]").value = value.toFixed(7);
          });
          says.textContent = place.dataset.added;
        },
        function () {
          button.disabled = false;
          says.textContent = place.dataset.failed;
        },
        { enableHighAccuracy: false, maximumAge: 60000, timeout: 8000 }
      );
    });
  }
})();
