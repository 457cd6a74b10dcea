// The columns of the boxes, kept on the server for the person; what this browser kept before is not asked for again.
import { ref, watch, type Ref } from 'vue'

import { api, got } from '../api/client'

export const COLUMNS = ['case_number', 'title', 'name', 'due', 'role', 'agency', 'process', 'own', 'created'] as const
export type Column = (typeof COLUMNS)[number]
const FIRST: Column[] = ['case_number', 'title', 'name', 'due', 'role']

export function useColumns(): Ref<Column[]> {
  const columns = ref<Column[]>([...FIRST])
  let known = JSON.stringify(columns.value)
  void got(api.GET('/api/staff/desk'))
    .then((desk) => {
      const kept = (desk.columns.inbox ?? []).filter((one): one is Column => COLUMNS.includes(one as Column))
      if (kept.length) {
        known = JSON.stringify(kept)
        columns.value = kept
      }
    })
    .catch(() => undefined)
  watch(columns, (now) => {
    if (JSON.stringify(now) === known) return
    known = JSON.stringify(now)
    void got(api.PUT('/api/staff/desk', { body: { columns: { inbox: now } } })).catch(() => undefined)
  })
  return columns
}
