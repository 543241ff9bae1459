import { ElTableColumn } from 'element-plus'

type Props = InstanceType<typeof ElTableColumn>['$props']

/** The table's column that knows what its rows are, so that its cells are checked like any other template. */
export function columnOf<Row>() {
  return ElTableColumn as unknown as new () => {
    $props: Omit<Props, 'sortMethod'> & { sortMethod?: (a: Row, b: Row) => number }
    $slots: { default: (cell: { row: Row; $index: number }) => unknown }
  }
}
