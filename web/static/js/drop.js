// Lets a file be dropped on, or chosen for, a field that takes its text. Without this the text is pasted.
const LIMIT = 1024 * 1024;
for (const area of document.querySelectorAll("textarea[data-drop]")) {
  const take = async (file) => {
    if (!file || file.size > LIMIT) return;
    area.value = await file.text();
    const keyId = document.getElementById("key_id");
    const named = /AuthKey_([A-Z0-9]{10})\.p8$/.exec(file.name);
    if (keyId && named && !keyId.value) keyId.value = named[1];
  };
  area.addEventListener("dragover", (event) => event.preventDefault());
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "file";
  input.className = "file";
  label.className = "button quiet small pick";
  label.append("Choose a file", input);
  input.addEventListener("change", () => take(input.files[0]));
  area.after(label);
}
