// Counts down what the server said is left; the phone's own clock is not asked.
(function () {
  var began = performance.now();
  var places = document.querySelectorAll("[data-seconds-left]");
  function show() {
    var gone = Math.floor((performance.now() - began) / 1000);
    places.forEach(function (place) {
      var left = Number(place.dataset.secondsLeft) - gone;
      if (left <= 0) return location.reload();
      var minutes = Math.ceil(left / 60);
      var hours = Math.floor(minutes / 60);
      var text = hours ? place.dataset.long : place.dataset.short;
      place.textContent = text.replace("{hours}", hours).replace("{minutes}", hours ? minutes % 60 : minutes);
    });
  }
  if (places.length) setInterval(show, 15000);
})();
