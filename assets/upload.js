// Shows how far a file is while a form is sent (forms with data-upload); without this script, or
// when anything goes wrong here, the browser sends the form by itself.
(function () {
  function say(form, words, percent) {
    var box = form.querySelector(".progress");
    if (!box) return;
    box.hidden = false;
    box.querySelector("p").textContent = words;
    var bar = box.querySelector("progress");
    if (percent === null) bar.removeAttribute("value");
    else bar.value = percent;
  }
  function enable(form, on) {
    form.querySelectorAll("button").forEach(function (button) {
      button.disabled = !on;
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset || !form.dataset.upload || !window.FormData || !event.submitter) return;
    event.preventDefault();
    var data = new FormData(form);
    data.append(event.submitter.name, event.submitter.value);
    enable(form, false);
    say(form, form.dataset.upload, 0);
    var request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.onprogress = function (step) {
      if (step.lengthComputable) say(form, form.dataset.upload, (step.loaded / step.total) * 100);
    };
    request.upload.onload = function () {
      say(form, form.dataset.working, null);
    };
    request.onload = function () {
      document.open();
      document.write(request.responseText);
      document.close();
    };
    request.onerror = function () {
      say(form, form.dataset.failed, 0);
      enable(form, true);
    };
    request.send(data);
  });
})();
