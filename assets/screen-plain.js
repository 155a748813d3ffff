// For browsers without modules: the page is simply drawn anew, as without any script.
setTimeout(function () { location.reload(); }, 4000);
