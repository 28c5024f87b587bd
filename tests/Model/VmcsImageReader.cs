// A VMCS image as the auditor reads it.
namespace MinusOne.Tests.Model;

internal readonly unsafe struct VmcsImageReader : IVmcsReader
{
    private readonly VmcsImage _image;

    public VmcsImageReader(VmcsImage image)
    {
        _image = image;
    }

    public Hpa Region => _image.Region;

    public ulong Read(uint field) => _image[field];

    public bool TryRead(Hpa address, ulong* value)
    {
        bool known = _image.Memory.TryGetValue(address.Value, out ulong read);
        *value = read;
        return known;
    }
}
