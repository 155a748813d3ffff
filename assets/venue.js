// "Use where I am now" on the settings of a class: the place of the staff's own device is put into
// the form's two fields, and nowhere else. The page may come and go without a full load, so the
// click is heard on the document; the sentences stand in the button's data- attributes.
(function () {
  if (window.portalVenue) return;
  window.portalVenue = true;
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-venue-here]");
    if (!button) return;
    var form = button.closest("form");
    var told = form.querySelector("[data-venue-told]");
    function say(name) { told.textContent = button.dataset[name] || ""; }
    if (!navigator.geolocation) return say("unknown");
    say("wait");
    navigator.geolocation.getCurrentPosition(
      function (found) {
        form.querySelector("[name=lat]").value = found.coords.latitude.toFixed(5);
        form.querySelector("[name=lon]").value = found.coords.longitude.toFixed(5);
        say("done");
      },
      function (error) { say(error.code === error.PERMISSION_DENIED ? "denied" : "unknown"); },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 }
    );
  });
})();
