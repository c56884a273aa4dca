/* The examples open the chat with a message in its input. Without the chat they do nothing, and the page says so. */

const chat = document.querySelector('aftercare-chat');
const buttons = document.querySelectorAll('[data-say], [data-open]');

for (const button of buttons) {
  button.disabled = true;
  button.addEventListener('click', () => (button.dataset.say ? chat.fill(button.dataset.say) : chat.open()));
}
customElements.whenDefined('aftercare-chat').then(() => {
  for (const button of buttons) button.disabled = false;
});
