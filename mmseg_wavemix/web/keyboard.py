"""A script for what Gradio leaves to those who see and point.

The line between original and overlay becomes a slider that is reached by Tab and moved by arrows,
Home and End: a key sends its handle the press of a pointer at the place where the line shall go.
Examples get names. Messages are headed by what they are about: Gradio's page writes "Error" above
all of them, whatever title they were given.
"""

HEAD = """
<script>
(() => {
  const STEPS = {ArrowLeft: -0.05, ArrowRight: 0.05, PageDown: -0.2, PageUp: 0.2, Home: -1, End: 1};
  const place = (handle) => {
    const box = handle.parentElement.getBoundingClientRect();
    const line = handle.getBoundingClientRect();
    const share = (line.left + line.width / 2 - box.left) / Math.max(1, box.width);
    return {box, share: Math.min(1, Math.max(0, share))};
  };
  const tell = (handle) =>
    handle.setAttribute('aria-valuenow', Math.round(100 * place(handle).share));
  const move = (handle, step) => {
    const {box, share} = place(handle);
    const x = box.left + Math.min(1, Math.max(0, share + step)) * box.width;
    const at = {clientX: x, clientY: box.top + box.height / 2, view: window, bubbles: true};
    handle.dispatchEvent(new MouseEvent('mousedown', at));
    window.dispatchEvent(new MouseEvent('mouseup', at));
    requestAnimationFrame(() => tell(handle));
  };
  const equip = () => {
    document.querySelectorAll('#examples button.gallery-item').forEach((button, index) => {
      if (!button.ariaLabel) button.ariaLabel = `Example ${index + 1}`;
    });
    for (const title of document.querySelectorAll('.toast-title.error')) {
      const words = title.firstChild;
      if (words.data?.includes('Error')) words.data = words.data.replace('Error', 'Not segmented');
    }
    for (const handle of document.querySelectorAll('#compared [data-testid=slider]')) {
      if (handle.tabIndex === 0) continue;
      handle.tabIndex = 0;
      handle.setAttribute('role', 'slider');
      handle.setAttribute('aria-label', 'Line between original and overlay');
      handle.setAttribute('aria-valuemin', 0);
      handle.setAttribute('aria-valuemax', 100);
      tell(handle);
      handle.addEventListener('keydown', (event) => {
        if (!(event.key in STEPS)) return;
        event.preventDefault();
        move(handle, STEPS[event.key]);
      });
    }
  };
  new MutationObserver(equip).observe(document, {childList: true, subtree: true});
})();
</script>
"""
