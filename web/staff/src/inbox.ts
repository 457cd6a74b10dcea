// The counts of the inbox, kept up by the server's events; the pages ask again when something changed.
import { defineStore } from 'pinia'
import { ref } from 'vue'

import { api, got } from './api/client'
import type { Counts } from './api/types'

export const useInbox = defineStore('inbox', () => {
  const counts = ref<Counts | null>(null)

  async function count(): Promise<void> {
    try {
      counts.value = await got(api.GET('/api/staff/tasks/counts'))
    } catch {
      // a count that is not there is no reason to disturb anybody
    }
  }

  return { counts, count }
})
