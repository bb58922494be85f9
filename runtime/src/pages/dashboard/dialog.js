// @ts-check
// Questions: a dialog over the page, which is answered or given up. The browser keeps the focus in it, and gives it
// back.

import { h, newId } from "./dom.js";

/**
 * Asks for something; gives what `read` reads when it is confirmed, and `null` when it is given up.
 * @param {{ title: string, text?: string, confirm: string, isDanger?: boolean, content?: any[],
 *   read?: () => any }} question
 */
export function asked({ title, text, confirm, isDanger, content = [], read = () => true }) {
  const id = newId("title");
  const problem = h("p", { class: "bad", role: "alert" });
  const yes = h("button", { type: "submit", class: isDanger ? "danger" : "main" }, confirm);
  const no = h("button", { type: "button" }, "Cancel");
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id }, title),
    text && h("p", null, text),
    content,
    problem,
    h("div", { class: "bar end" }, no, yes),
  );
  const dialog = h("dialog", { "aria-labelledby": id }, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    const end = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    no.addEventListener("click", () => end(null));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end(null);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        end(read());
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    dialog.showModal();
    if (content.length === 0) no.focus();
  });
}
