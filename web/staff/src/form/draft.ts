// The draft of a task: in this browser at once, on the server a moment later, under the version that was read (If-Match).
import { ref, shallowRef, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import { api, got } from '../api/client'
import { Problem } from '../api/problem'
import type { Answers, Task } from '../api/types'
import { minute } from '../dates'
import { useSession } from '../session'
import { complain } from '../toast'
import { drop, keep, kept } from './drafts'
import type { Filling } from './filling'

const REST = 1500 // ms without typing before the server gets the draft

export function useDraft(task: Ref<Task | null>, filling: Filling, mine: Ref<boolean>) {
  const { t } = useI18n()
  const session = useSession()
  const state = ref<'idle' | 'local' | 'saving'>('idle')
  const at = ref('')
  const told = ref('')
  const conflict = shallowRef<{ mine: Answers; theirs: Answers } | null>(null)
  let version = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let saved = '' // what the server has, as text
  let going: Promise<void> | null = null
  let held = false // the form is being handed in

  const person = (): string => session.me?.id ?? ''

  /** Fills the form: the case's facts, over them the server's draft, over that what this browser still had. */
  function restore(found: Task): void {
    clearTimeout(timer)
    held = false
    told.value = ''
    conflict.value = null
    version = found.version
    const server = { ...found.answers, ...(found.draft ?? {}) } as Answers
    const here = found.claimed_by === person() ? kept(person(), found.id) : null
    filling.fill(here ? { ...found.answers, ...here.answers } : server)
    saved = JSON.stringify(server)
    state.value = 'idle'
    at.value = ''
    if (!here) return
    if (here.version === found.version) {
      told.value = t('draft.restored')
      state.value = 'local'
      timer = setTimeout(() => void save(), REST)
    } else if (JSON.stringify({ ...found.answers, ...here.answers }) !== saved) {
      conflict.value = { mine: here.answers, theirs: server }
    } else {
      drop(person(), found.id)
    }
  }

  async function save(): Promise<void> {
    clearTimeout(timer)
    if (going) await going
    const id = task.value?.id
    if (!id || !mine.value || held || conflict.value || state.value !== 'local') return
    going = send(id)
    await going
    going = null
  }

  async function send(id: string): Promise<void> {
    const answers = filling.typed()
    const text = JSON.stringify(answers)
    state.value = 'saving'
    try {
      const done = await got(
        api.PUT('/api/staff/tasks/{task_id}/draft', { params: { path: { task_id: id }, header: { 'if-match': `"${version}"` } }, body: { answers } }),
      )
      version = done.version
      saved = text
      at.value = minute(new Date()).slice(11)
      if (JSON.stringify(filling.typed()) === text) {
        state.value = 'idle'
        drop(person(), id)
      } else {
        state.value = 'local'
        keep(person(), id, filling.typed(), version)
        timer = setTimeout(() => void save(), REST)
      }
    } catch (error) {
      state.value = 'local'
      if (error instanceof Problem && error.status === 412) await meet(id)
      else if (error instanceof Problem && error.status === 0) timer = setTimeout(() => void save(), 5000)
      else if (task.value?.id === id) complain(error)
    }
  }

  /** Somebody (the same person elsewhere) saved meanwhile: both versions are shown, field by field. */
  async function meet(id: string): Promise<void> {
    const found = await got(api.GET('/api/staff/tasks/{task_id}', { params: { path: { task_id: id } } }))
    version = found.version
    conflict.value = { mine: filling.typed(), theirs: { ...found.answers, ...(found.draft ?? {}) } as Answers }
  }

  function resolve(chosen: Answers): void {
    conflict.value = null
    Object.assign(filling.answers, chosen)
    void filling.look()
    state.value = 'local'
    keep(person(), task.value?.id ?? '', filling.typed(), version)
    void save()
  }

  function forget(): void {
    clearTimeout(timer)
    state.value = 'idle'
    if (task.value) drop(person(), task.value.id)
  }

  /** While the form is handed in no draft goes beside it: it would reach a task that is done. */
  async function hold(): Promise<void> {
    held = true
    clearTimeout(timer)
    if (going) await going
  }

  /** It was refused: what is on the screen is a draft again. */
  function release(): void {
    held = false
    if (state.value === 'local') timer = setTimeout(() => void save(), REST)
  }

  async function flush(): Promise<void> {
    if (state.value === 'local') await save().catch(() => undefined)
  }

  watch(filling.answers, () => {
    const id = task.value?.id
    if (!id || !mine.value || conflict.value) return
    if (JSON.stringify({ ...task.value?.answers, ...filling.typed() }) === saved) return
    keep(person(), id, filling.typed(), version)
    if (state.value !== 'saving') state.value = 'local'
    clearTimeout(timer)
    timer = setTimeout(() => void save(), REST)
  })

  return { state, at, told, conflict, restore, resolve, forget, hold, release, flush }
}
