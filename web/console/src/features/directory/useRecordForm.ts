import { useWrite, type Write } from '@galleria/shared'
import { ElMessage } from 'element-plus'
import { reactive, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

/** A small form in a dialog: opened empty or with a record, closed only when the server has taken it. */
export function useRecordForm<F extends object, R extends { id: string }>(options: {
  empty: () => F
  fill: (record: R) => F
  send: (form: F, record: R | null, key: string) => Promise<unknown>
  done: () => Promise<void>
}): {
  form: F
  open: Ref<boolean>
  record: Ref<R | null>
  saving: Write<[F], unknown>
  show: (record: R | null, preset?: Partial<F>) => void
  save: () => Promise<void>
} {
  const { t } = useI18n()
  const form = reactive(options.empty()) as F
  const open = ref(false)
  const record = ref<R | null>(null) as Ref<R | null>
  const saving = useWrite(async (key, input: F) => {
    await options.send(input, record.value, key)
    return true
  })

  function show(next: R | null, preset: Partial<F> = {}): void {
    record.value = next
    Object.assign(form, next ? options.fill(next) : options.empty(), preset)
    saving.clear()
    open.value = true
  }

  async function save(): Promise<void> {
    if (!(await saving.run({ ...form }))) return
    open.value = false
    ElMessage.success(t('components.saved'))
    await options.done()
  }

  return { form, open, record, saving, show, save }
}
