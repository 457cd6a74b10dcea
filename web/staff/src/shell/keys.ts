// The list of shortcuts is open or not: `?` on any page, a button on the inbox, an entry under one's name.
import { ref } from 'vue'

export const isKeysShown = ref(false)

/** Whether a key is meant for what is typed into, or for a dialog that lies above the page. */
export const isTyping = (event: KeyboardEvent): boolean =>
  event.ctrlKey || event.metaKey || event.altKey || !!(event.target as HTMLElement).closest('input, textarea, select, [role=dialog], .el-overlay')
