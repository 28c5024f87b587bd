// A built-in guest as the image carries it: constant data made by guests/ at build time, in the layout of these very
// structs. A program is a name and one or more configurations; a configuration is one start of a guest under one set of
// settings, so that a contrast (with a control bit and without) is two configurations. Pointers are addresses in the
// image, fixed up when firmware loads it.

namespace MinusOne.Hv.Lessons;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GuestProgram
{
    public Text Name;
    public Text Id;
    public Text Sentence;
    public VmConfig* Configs;
    public ulong ConfigCount;
}
