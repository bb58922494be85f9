const mark = (Class) => void (Class.mark = "mark");
@mark
export class Named {}
export default @mark class Other {}
