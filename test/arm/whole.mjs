// whole.c on an emulated Cortex-M0+. In: its image. Out: the lines of whole_main.c.
import { Machine } from '../support/arm/emulator.mjs';

const machine = new Machine(process.argv[2]);
const word = (name) => machine.view.getUint32(machine.address(name) - 0x20000000, true);
for (let index = 0; ; index++) {
    const name = machine.call('whole_name', index).result;
    if (name === 0)
        break;
    const hash = machine.call('whole_run', index).result >>> 0;
    console.log(`${hash.toString(16).padStart(8, '0')} ${word('whole_frames')} ${word('whole_peak')} ${machine.text(name)}`);
}
