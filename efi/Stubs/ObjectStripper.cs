// Takes out of the compiler's object what only a runtime would read: unwind tables (nobody catches an exception) and
// the list of modules with its maps. The sections are marked for removal, and the linker leaves them and all that only
// they need.

using System;
using System.Collections.Generic;

namespace MinusOne.Efi.Stubs;

internal static class ObjectStripper
{
    private const uint LinkRemove = 0x0000_0800;
    private const int Absolute = -1;

    private static readonly string[] s_removed = [".pdata", ".xdata", ".modules$I"];

    public static void Strip(byte[] file)
    {
        var editor = new CoffEditor(file);
        var removed = new HashSet<int>();
        foreach ((int section, string name) in editor.Sections())
        {
            if (Array.IndexOf(s_removed, name) >= 0)
            {
                editor.AddFlags(section, LinkRemove);
                removed.Add(section);
            }
        }

        // Their symbols become plain numbers: the linker does not expect a symbol without its section.
        foreach (int symbol in editor.Symbols())
        {
            if (removed.Contains(editor.SectionOf(symbol)))
            {
                editor.Define(symbol, Absolute, editor.Value(symbol));
            }
        }
    }
}
