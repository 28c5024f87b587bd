// Which of a guest's memory is at the same address on the host, what is not, and why. Said at the start of every guest,
// because it is a promise: guest-physical is host-physical unless a line here says otherwise.

namespace MinusOne.Hv.Report;

internal static unsafe class MemoryReport
{
    public static void Print(Vm* vm)
    {
        ReadOnlySpan<GuestExtent> extents = vm->Memory.Extents;
        for (int i = 0; i < extents.Length;)
        {
            // Neighbours that differ in nothing but the memory type are one to the reader.
            int first = i;
            do
            {
                i++;
            }
            while (
                i < extents.Length && AreAlike(extents[first], extents[i]) && extents[i].Start == extents[i - 1].End);
            Line(extents[first], extents[i - 1].End);
        }
    }

    private static bool AreAlike(in GuestExtent left, in GuestExtent right) =>
        left.Backing == right.Backing && left.Host == right.Host;

    private static void Line(in GuestExtent extent, Gpa end)
    {
        Writer line = Writer.Log.Text("  memory "u8).Hex(extent.Start.Value).Text("h-"u8).Hex(end.Value - 1)
            .Text("h: "u8);
        line = extent.Backing switch
        {
            GuestBacking.Nothing => line.Text("a device"u8),
            GuestBacking.Identity => line.Text("identity"u8),
            _ => line.Text("substituted, for on the host this is "u8).Text(PhysicalKinds.Name(extent.Host)),
        };
        line.EndLine();
    }
}
