// What a driver has made of a device, for a guest that is taken down and put back: the registers of its function, its
// queues, and what was agreed. What the device is - its kind, its disk, its port of a network - is not in it. A request
// that is being served begins anew.
namespace MinusOne.Hv.Devices.Virtio;

internal unsafe struct VirtioImage
{
    public ushort Type;
    public bool HasSent;
    public byte Status;
    public byte Reasons;
    public ushort Vector;
    public ushort Selected;
    public uint OfferedPart;
    public uint AcceptedPart;
    public ulong Accepted;
    public MsiX Messages;
    public ConsolePorts Ports;
    public VirtioDevice.QueueArray Queues;
    public fixed byte Space[PciFunction.Bytes];
    public fixed byte Configuration[VirtioDevice.ConfigurationBytes];
}

internal unsafe partial struct VirtioDevice
{
    // What was written to it would be lost.
    public readonly bool KeepsWrites => Block.Disk.Sectors != 0 && !Block.Disk.IsReadOnly;

    public readonly void Take(ref VirtioImage image)
    {
        image.Type = Kind.Type;
        image.HasSent = HasSent;
        image.Status = _status;
        image.Reasons = _reasons;
        image.Vector = _vector;
        image.Selected = _selected;
        image.OfferedPart = _offeredPart;
        image.AcceptedPart = _acceptedPart;
        image.Accepted = _accepted;
        image.Messages = Function.MsiX;
        image.Ports = Ports;
        image.Queues = _queues;
        if (_serving >= 0)
        {
            image.Queues[_serving].PutBack(1);
            image.Queues[_serving].IsKicked = true;
        }

        for (int i = 0; i < PciFunction.Bytes; i++)
        {
            image.Space[i] = Function.Byte(i);
        }

        for (int i = 0; i < ConfigurationBytes; i++)
        {
            image.Configuration[i] = Configuration[i];
        }
    }

    // It is of this kind, and nothing in it would lead the device beyond its own tables.
    public bool Fits(ref VirtioImage image)
    {
        bool isAgreed = (image.Status & FeaturesAccepted) != 0;
        bool fits = image.Type == Kind.Type && (!isAgreed || (image.Accepted & ~Features) == 0)
            && image.Messages.IsSound && image.Ports.IsSound;
        for (int i = 0; i < MostQueues; i++)
        {
            fits &= image.Queues[i].IsSound;
        }

        return fits;
    }

    public void Give(ref VirtioImage image)
    {
        HasSent = image.HasSent;
        _status = image.Status;
        _reasons = image.Reasons;
        _vector = image.Vector;
        _selected = image.Selected;
        _offeredPart = image.OfferedPart;
        _acceptedPart = image.AcceptedPart;
        _accepted = image.Accepted;
        Ports = image.Ports;
        _queues = image.Queues;
        _serving = -1;
        _isHeld = false;
        for (int i = 0; i < ConfigurationBytes; i++)
        {
            bool isDrivers = (Kind.Written & (1UL << i)) != 0;
            Configuration[i] = isDrivers ? image.Configuration[i] : Configuration[i];
        }

        fixed (byte* space = image.Space)
        {
            Function.Adopt(Board, space, in image.Messages);
        }
    }
}
