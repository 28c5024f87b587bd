// Puts a VMCS image into the current VMCS, through the seam: first a 0 into every field the processor has, then the
// image.

using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Model;

internal static class VmcsImageLoader
{
    public static void Load(VmcsImage image, SoftCapabilities capabilities)
    {
        foreach (uint field in VmcsFieldTable.All.Where(field => VmcsFieldTable.Exists(field, capabilities)))
        {
            if (new VmcsEncoding(field).Type != VmcsFieldType.ReadOnlyData)
            {
                VmxCpu.VmWrite(field, 0);
            }
        }

        foreach (KeyValuePair<uint, ulong> field in image.Fields)
        {
            VmxCpu.VmWrite(field.Key, field.Value);
        }
    }
}
