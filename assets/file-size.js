// Says before anything is sent that a chosen file is too large (inputs with data-most), so that what
// was typed is not lost; without this script the portal refuses it.
(function () {
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.dataset || !input.dataset.most || !input.files) return;
    var file = input.files[0];
    var large = file && file.size > Number(input.dataset.most);
    input.setCustomValidity(large ? input.dataset.large : "");
    if (large) input.reportValidity();
  });
})();
