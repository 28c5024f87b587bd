// Why an access that the hypervisor makes in a guest's name cannot be made, and what the guest gets for it: the
// exception that hardware would raise, or its end where hardware has no word for it.
namespace MinusOne.Hv.Exits.Emulate.Space;

internal readonly unsafe struct GuestTrouble
{
    private readonly bool _isException;
    private readonly ExceptionVector _vector;
    private readonly Resolution _resolution;
    private readonly PageRights _rights;
    private readonly uint _errorCode;

    // Guest-linear for a page fault, guest-physical where memory is missing.
    private readonly ulong _address;

    private GuestTrouble(ExceptionVector vector, uint errorCode = 0, ulong address = 0)
    {
        _isException = true;
        _vector = vector;
        _errorCode = errorCode;
        _address = address;
    }

    private GuestTrouble(Resolution resolution, Gpa address, PageRights rights)
    {
        _resolution = resolution;
        _address = address.Value;
        _rights = rights;
    }

    public static GuestTrouble Exception(ExceptionVector vector) => new(vector);

    public static GuestTrouble PageFault(Gva address, PageFaultError errorCode) =>
        new(ExceptionVector.PageFault, (uint)errorCode, address.Value);

    public static GuestTrouble Missing(Resolution resolution, Gpa address, PageRights rights) =>
        new(resolution, address, rights);

    // `external` is EXT of the error code, which a page fault does not have.
    public Verdict Answer(Vm* vm, Vcpu* vcpu, uint external = 0)
    {
        if (!_isException)
        {
            return MemoryExits.Refuse(vm, _resolution, new Gpa(_address), _rights);
        }

        return _vector == ExceptionVector.PageFault
            ? Exceptions.PageFault(vm, vcpu, new Gva(_address), (PageFaultError)_errorCode)
            : Exceptions.Raise(vm, vcpu, _vector, _errorCode | external);
    }
}
