// The QR code of a slip carries the code behind "#", which never reaches a server or its log.
(() => {
  const code = decodeURIComponent(location.hash.slice(1));
  if (!code) return;
  document.getElementById("id_code").value = code;
  history.replaceState(null, "", location.pathname);
})();
