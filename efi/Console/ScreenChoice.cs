// Which of the machine's pictures is our screen. Firmware may have several: one for each graphics card, and one of its
// console splitter's that stands for all of them. The best is one that can be written to and that firmware writes text
// on as well, for it is looked at; then the largest.

using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class ScreenChoice
{
    // Without any picture there is no fault either, and no layout. `text` is null where firmware has no console there.
    public static ScreenFault Find(out ScreenLayout best, out SimpleTextOutput* text)
    {
        ScreenFault fault = ScreenFault.None;
        best = default;
        text = null;
        ulong bestRank = 0;
        void** handles = Services.HandlesOf(Guid.GraphicsOutput, out ulong count);
        for (ulong i = 0; i < count; i++)
        {
            var output = (GraphicsOutput*)Services.ProtocolOf(handles[i], Guid.GraphicsOutput);
            bool isSplitter = handles[i] == Services.System->ConsoleOutHandle;
            var console = isSplitter
                ? null
                : (SimpleTextOutput*)Services.ProtocolOf(handles[i], Guid.SimpleTextOutput);
            text = text == null ? console : text;
            if (output == null || output->Mode == null || output->Mode->Information == null)
            {
                continue;
            }

            ScreenFault found = ScreenLayout.Read(output->Mode, AddressBits, out ScreenLayout layout);
            fault = found == ScreenFault.None ? fault : found;
            ulong rank = ((ulong)layout.Width * layout.Height) + (console != null ? 1UL << 40 : 0);
            if (found == ScreenFault.None && rank > bestRank)
            {
                bestRank = rank;
                best = layout;
                text = console == null ? text : console;
            }
        }

        Services.Free(handles);
        return bestRank == 0 ? fault : ScreenFault.None;
    }

    private static int AddressBits => (int)(Cpu.Cpuid(0x8000_0008).Eax & 0xFF);
}
